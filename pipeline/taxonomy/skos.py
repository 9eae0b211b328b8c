"""A taxonomy as SKOS (Turtle), to be cited and linked."""

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

from pipeline.taxonomy.concepts import Taxonomy

BASE = "https://w3id.org/rapport/taxonomy/"


def to_turtle(taxonomy: Taxonomy) -> str:
    """The concepts under their clusters, and these under their facets, in one concept scheme.

    Cues are `skos:hiddenLabel`, excludes `skos:editorialNote`, the number in the published list is
    `skos:notation`, and a rating of orientation `skos:scopeNote`.
    """
    graph = Graph()
    base = Namespace(BASE)
    for prefix, namespace in (("skos", SKOS), ("dcterms", DCTERMS), ("", base)):
        graph.bind(prefix, namespace)
    scheme = URIRef(BASE)
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, DCTERMS.title, Literal("Rapport's taxonomy", lang="en")))
    graph.add((scheme, DCTERMS.identifier, Literal(taxonomy.hash)))
    for concept in taxonomy.concepts:
        node = base[concept.id]
        parent = _parent(graph, scheme, base, concept.facet, concept.cluster)
        graph.add((node, RDF.type, SKOS.Concept))
        graph.add((node, SKOS.inScheme, scheme))
        graph.add((node, SKOS.broader, parent))
        graph.add((node, SKOS.prefLabel, Literal(concept.label, lang="en")))
        for value, relation in (
            (concept.definition, SKOS.definition),
            (concept.source, DCTERMS.source),
            (concept.number, SKOS.notation),
        ):
            if value:
                graph.add((node, relation, Literal(value)))
        for column, step in concept.ratings.items():
            if step:
                graph.add((node, SKOS.scopeNote, Literal(f"{column}: {step}")))
        for cue in concept.cues:
            graph.add((node, SKOS.hiddenLabel, Literal(cue.text)))
        for cue in concept.exclude:
            graph.add((node, SKOS.editorialNote, Literal(f"exclude: {cue.text}")))
    return str(graph.serialize(format="turtle"))


def _parent(graph: Graph, scheme: URIRef, base: Namespace, facet: str, cluster: str) -> URIRef:
    """The node of a facet, or of a cluster within it, made when it is first needed."""
    top = base[f"facet-{facet}"]
    graph.add((top, RDF.type, SKOS.Concept))
    graph.add((top, SKOS.topConceptOf, scheme))
    graph.add((top, SKOS.prefLabel, Literal(facet, lang="en")))
    if not cluster:
        return top
    slug = "-".join("".join(c if c.isalnum() else " " for c in cluster.casefold()).split())
    node = base[f"cluster-{facet}-{slug}"]
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.inScheme, scheme))
    graph.add((node, SKOS.broader, top))
    graph.add((node, SKOS.prefLabel, Literal(cluster, lang="en")))
    return node
