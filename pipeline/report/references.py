"""The works that a methods paragraph may rest on, as BibTeX and in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One article, with what a reader needs to find it."""

    key: str
    authors: str
    year: int
    title: str
    journal: str
    doi: str


ERIC = Reference(
    "powell2015",
    "Powell, Byron J. and Waltz, Thomas J. and Chinman, Matthew J. and others",
    2015,
    "A refined compilation of implementation strategies: results from the Expert Recommendations "
    "for Implementing Change (ERIC) project",
    "Implementation Science",
    "10.1186/s13012-015-0209-1",
)
OUTCOMES = Reference(
    "proctor2011",
    "Proctor, Enola and Silmere, Hiie and Raghavan, Ramesh and others",
    2011,
    journal="Administration and Policy in Mental Health",
    title="Outcomes for implementation research: conceptual distinctions, measurement challenges, "
    "and research agenda",
    doi="10.1007/s10488-010-0319-7",
)
CONTINUUM = Reference(
    "bartley2022",
    "Bartley, Leah and Metz, Allison and Fleming, W. Oscar",
    2022,
    "What implementation strategies are relational? Using Relational Theory to explore the ERIC "
    "implementation strategies",
    "Frontiers in Health Services",
    "10.3389/frhs.2022.913585",
)
WILSON = Reference(
    "wilson1927",
    "Wilson, Edwin B.",
    1927,
    "Probable inference, the law of succession, and statistical inference",
    "Journal of the American Statistical Association",
    "10.1080/01621459.1927.10502953",
)
STRATIFIED = Reference(
    "mantel1959",
    "Mantel, Nathan and Haenszel, William",
    1959,
    "Statistical aspects of the analysis of data from retrospective studies of disease",
    "Journal of the National Cancer Institute",
    "10.1093/jnci/22.4.719",
)
STRATIFIED_VARIANCE = Reference(
    "robins1986",
    "Robins, James and Breslow, Norman and Greenland, Sander",
    1986,
    "Estimators of the Mantel-Haenszel variance consistent in both sparse data and large-strata "
    "limiting models",
    "Biometrics",
    "10.2307/2531052",
)
TREND = Reference(
    "armitage1955",
    "Armitage, Peter",
    1955,
    "Tests for linear trends in proportions and frequencies",
    "Biometrics",
    "10.2307/3001775",
)
MODERATED = Reference(
    "smyth2004",
    "Smyth, Gordon K.",
    2004,
    "Linear models and empirical Bayes methods for assessing differential expression in "
    "microarray experiments",
    "Statistical Applications in Genetics and Molecular Biology",
    "10.2202/1544-6115.1027",
)
CURVEBALL = Reference(
    "strona2014",
    "Strona, Giovanni and Nappo, Domenico and Boccacci, Francesco and others",
    2014,
    "A fast and unbiased procedure to randomize ecological binary matrices with fixed row and "
    "column totals",
    "Nature Communications",
    "10.1038/ncomms5114",
)
DISCOVERY = Reference(
    "benjamini1995",
    "Benjamini, Yoav and Hochberg, Yosef",
    1995,
    "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
    "Journal of the Royal Statistical Society: Series B",
    "10.1111/j.2517-6161.1995.tb02031.x",
)
STRICTER = Reference(
    "benjamini2001",
    "Benjamini, Yoav and Yekutieli, Daniel",
    2001,
    "The control of the false discovery rate in multiple testing under dependency",
    "Annals of Statistics",
    "10.1214/aos/1013699998",
)
DIFFERENCE = Reference(
    "newcombe1998",
    "Newcombe, Robert G.",
    1998,
    "Interval estimation for the difference between independent proportions: comparison of "
    "eleven methods",
    "Statistics in Medicine",
    "10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I",
)
MAPS = Reference(
    "saran2018",
    "Saran, Ashrita and White, Howard",
    2018,
    "Evidence and gap maps: a comparison of different approaches",
    "Campbell Systematic Reviews",
    "10.4073/cmdp.2018.2",
)
PRISMA = Reference(
    "page2021",
    "Page, Matthew J. and McKenzie, Joanne E. and Bossuyt, Patrick M. and others",
    2021,
    "The PRISMA 2020 statement: an updated guideline for reporting systematic reviews",
    "BMJ",
    "10.1136/bmj.n71",
)
PRISMA_S = Reference(
    "rethlefsen2021",
    "Rethlefsen, Melissa L. and Kirtley, Shona and Waffenschmidt, Siw and others",
    2021,
    "PRISMA-S: an extension to the PRISMA Statement for Reporting Literature Searches in "
    "Systematic Reviews",
    "Systematic Reviews",
    "10.1186/s13643-020-01542-z",
)


def bibtex(reference: Reference) -> str:
    """One BibTeX entry; the title in double braces keeps its capitals."""
    return (
        f"@article{{{reference.key},\n"
        f"  author = {{{reference.authors}}},\n"
        f"  title = {{{{{reference.title}}}}},\n"
        f"  journal = {{{reference.journal}}},\n"
        f"  year = {{{reference.year}}},\n"
        f"  doi = {{{reference.doi}}}\n"
        "}\n"
    )


def in_text(reference: Reference) -> str:
    """How a paragraph cites a work.

    >>> in_text(WILSON), in_text(DISCOVERY), in_text(CURVEBALL)
    ('Wilson 1927', 'Benjamini and Hochberg 1995', 'Strona et al. 2014')
    """
    names = [name.split(",")[0] for name in reference.authors.split(" and ")]
    if len(names) <= 2:
        return f"{' and '.join(names)} {reference.year}"
    return f"{names[0]} et al. {reference.year}"


def in_list(reference: Reference) -> str:
    """One entry of a list of references."""
    authors = reference.authors.replace(" and others", " et al.").replace(" and ", "; ")
    return (
        f"{authors} ({reference.year}). {reference.title}. {reference.journal}. "
        f"https://doi.org/{reference.doi}"
    )
