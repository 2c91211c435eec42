"""Columns that survey tools add by themselves: what they are called, and which of them say when an answer was sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.survey.intake_names import letters

SURVEYMONKEY, QUALTRICS = "SurveyMonkey", "Qualtrics"


def _heading_names(text: str) -> frozenset[str]:
    return frozenset(column_name(name) for name in text.split("\n") if name.strip())


def column_name(heading: str) -> str:
    """Write a heading as these columns are compared; a sign before it counts, so that `_notes` is not `Notes`."""
    heading = heading.strip()
    return ("_" if heading[:1] in ("_", "*") else "") + letters(heading)


@dataclass(frozen=True)
class Tool:
    """A survey tool: columns that only it writes, and others, which count where one of the first is there too."""

    name: str
    surely: frozenset[str]
    also: frozenset[str] = frozenset()


TOOLS = (
    Tool(
        "KoboToolbox and ODK",
        _heading_names(
            "_id\n_uuid\n_submission_time\n_validation_status\n_notes\n_status\n_submitted_by\n__version__\n_version_\n_tags\n"
            "_index\n_parent_index\n_parent_table_name\n_attachments\n_geolocation\n_xform_id_string\n_xform_id\n_duration\n"
            "_bamboo_dataset_id\n_submission__id\n_submission__uuid\n_submission__submission_time\n_edited\n"
            "_submission__validation_status\n_submission__notes\n_submission__status\n_submission__submitted_by\n"
            "_submission___version__\n_submission__tags\nrootUuid\nmeta/rootUuid\nmeta/instanceID\nmeta/instanceName\n"
            "meta/deprecatedID\nmeta/audit\nformhub/uuid\nstart\nend\ntoday\ndeviceid\nusername\nphonenumber\nsimserial\n"
            "subscriberid\ninstanceID\ninstanceName\naudit\nid\nuuid\nindex"
        ),
    ),
    Tool(
        "ODK Central and Aggregate",
        _heading_names(
            "SubmissionDate\nSubmitterID\nSubmitterName\nAttachmentsPresent\nAttachmentsExpected\nReviewState\nFormVersion\n"
            "PARENT_KEY\nisValidated\n*meta-instance-id*\n*meta-submission-date*\n*meta-is-complete*\n*meta-model-version*\n"
            "*meta-ui-version*\n*meta-date-marked-as-complete*\nCompletionDate\n_URI\n_CREATION_DATE\n_LAST_UPDATE_DATE\n"
            "_CREATOR_URI_USER\n_LAST_UPDATE_URI_USER\n_MODEL_VERSION\n_UI_VERSION\n_IS_COMPLETE\n_SUBMISSION_DATE\n"
            "_MARKED_AS_COMPLETE_DATE\nmeta/entity\nmeta/entity/label"
        ),
        _heading_names("KEY\nStatus\nDeviceID\nEdits"),
    ),
    Tool(
        "LimeSurvey",
        _heading_names(
            "submitdate\nlastpage\nstartlanguage\nseed\nstartdate\ndatestamp\nipaddr\nrefurl\ntoken\nResponse ID\nDate submitted\n"
            "Last page\nStart language\nDate started\nDate last action\nReferrer URL\nAccess code\nTotal time\ninterviewtime\n"
            "ID de respuesta\nID de la respuesta\nFecha de envío\nÚltima página\nLenguaje inicial\nIdioma inicial\nSemilla\n"
            "Fecha de la última acción\nURL de referencia\nURL referente\nID de la réponse\nID de réponse\nDate de soumission\n"
            "Dernière page\nLangue de départ\nTête de série\nGraine\nDate de lancement\nDate de la dernière action\nURL référente\n"
            "URL de provenance"
        ),
        _heading_names(
            "IP address\nDirección IP\nAdresse IP\nFecha de inicio\nDate de début\nfirstname\nlastname\nemail\nFirst name\n"
            "Last name\nEmail address\ncompleted\nusesleft\nvaliduntil\nvalidfrom\ntid\nemailstatus\nlanguage"
        ),
    ),
    Tool(
        QUALTRICS,
        _heading_names(
            "RecordedDate\nResponseId\nRecipientLastName\nRecipientFirstName\nRecipientEmail\nExternalReference\n"
            "ExternalDataReference\nLocationLatitude\nLocationLongitude\nLocationAccuracy\nDistributionChannel\nUserLanguage\n"
            "IPAddress\nDuration (in seconds)\nResponseSet\nQ_RecaptchaScore\nQ_RelevantIDDuplicate\nQ_RelevantIDDuplicateScore\n"
            "Q_RelevantIDFraudScore\nQ_RelevantIDLastStartDate\nQ_BallotBoxStuffing\nQ_TotalDuration\nQ_URL\nQ_Language\n"
            "Q_DuplicateRespondent\nQ_AmbiguousTextPresent\nQ_AmbiguousTextQuestions\nQ_StraightliningCount\n"
            "Q_StraightliningPercentage\nQ_StraightliningQuestions\nQ_UnansweredPercentage\nQ_UnansweredQuestions\nQ_DataPolicyViolations"
        ),
        _heading_names(
            "StartDate\nEndDate\nStatus\nResponse Type\nIP Address\nProgress\nFinished\nSC0\nName\nEmailAddress"
        ),
    ),
    Tool(
        SURVEYMONKEY,
        _heading_names(
            "Respondent ID\nCollector ID\nIdentificador del encuestado\nID del encuestado\nID de encuestado\nID del recopilador\n"
            "ID de recopilador\nIdentificador del recopilador\nID du répondant\nID du collecteur"
        ),
        _heading_names(
            "Start Date\nEnd Date\nDate Created\nDate Modified\nIP Address\nEmail Address\nFirst Name\nLast Name\nCustom Data\n"
            "Custom Data 1\nCustom Data 2\nCustom Data 3\nCustom Data 4\nCustom Data 5\nCustom Data 6\ncustom_1\ncustom_2\n"
            "custom_3\ncustom_4\ncustom_5\ncustom_6\nFecha de inicio\nFecha de finalización\nFecha de creación\n"
            "Fecha de modificación\nDirección IP\nDirección de correo electrónico\nCorreo electrónico\nNombre\nApellido\nApellidos\n"
            "Datos personalizados\nDatos personalizados 1\nDate de début\nDate de fin\nDate de création\nDate de modification\n"
            "Adresse IP\nAdresse e-mail\nAdresse électronique\nPrénom\nNom\nNom de famille\nDonnées personnalisées\n"
            "Données personnalisées 1\nLanguage\nCollection\nResponse Status\nStatus\nCompletion Status"
        ),
    ),
    Tool(
        "Google Forms",
        _heading_names("Timestamp\nMarca temporal\nMarca de tiempo\nHorodateur\nHorodatage"),
        _heading_names(
            "Email Address\nUsername\nDirección de correo electrónico\nNombre de usuario\nAdresse e-mail\nNom d'utilisateur\nScore\n"
            "Puntuación\nPuntaje"
        ),
    ),
    Tool(
        "Microsoft Forms",
        _heading_names(
            "Completion time\nHora de finalización\nHora de finalizacion\nHeure de fin\nLast modified time\n"
            "Hora de la última modificación\nHora de última modificación\nHeure de la dernière modification\nHeure de dernière modification"
        ),
        _heading_names(
            "Start time\nHora de inicio\nHeure de début\nEmail\nName\nCorreo electrónico\nNombre\nAdresse de messagerie\nNom\n"
            "Courrier électronique\nE-mail\nTotal points\nQuiz feedback\nLanguage\nIdioma\nLangue"
        ),
    ),
)
# when an answer was sent, the surest first
_SENT = [
    column_name(name)
    for name in (
        "_submission_time", "SubmissionDate", "*meta-submission-date*", "_SUBMISSION_DATE", "submitdate", "Date submitted",
        "Fecha de envío", "Date de soumission", "RecordedDate", "Recorded Date", "Completion time", "Hora de finalización", "Heure de fin",
        "EndDate", "Fecha de finalización", "Date de fin", "Timestamp", "Marca temporal", "Marca de tiempo", "Horodateur",
        "Horodatage", "datestamp", "Date last action", "Fecha de la última acción", "Date de la dernière action", "Date Modified",
        "Fecha de modificación", "Date de modification", "CompletionDate", "_CREATION_DATE", "end",
    )
]  # fmt: skip
# marks with which a tool, or whoever looks after it, says that a row is no answer
_NOT_COUNTED = {
    "status": ("surveypreview", "surveytest", "spam", "vistapreviadelaencuesta", "apercudelenquete"),
    "responsetype": ("surveypreview", "surveytest", "spam"),
    "reviewstate": ("rejected",),
    "_validationstatus": ("notapproved", "validationstatusnotapproved"),
}
# columns that say whether an answer was sent off, and what stands there where it was not
_BEGUN = {
    "finished": ("false", "0", "falso", "faux"),
    "_iscomplete": ("false", "0"),
    "_metaiscomplete": ("false", "0"),
    "responsestatus": ("incomplete", "partial", "partiallycompleted", "inprogress"),
    "completionstatus": ("incomplete", "partial", "partiallycompleted", "inprogress"),
    "status": ("incomplete", "partial", "partiallycompleted", "inprogress"),
}
_SUBMITTED = frozenset(  # LimeSurvey leaves these empty until an answer is sent off
    column_name(name) for name in ("submitdate", "Date submitted", "Fecha de envío", "Date de soumission")
)


def _column_names(heading: str) -> set[str]:
    """Give the names of a column; LimeSurvey can write its code and its wording in one heading."""
    return {column_name(heading), *(column_name(part) for part in heading.split(". "))}


def tools_of(headings: Iterable[str]) -> list[Tool]:
    """List the tools whose own columns are among the headings."""
    names = {name for heading in headings for name in _column_names(heading)}
    return [tool for tool in TOOLS if tool.surely & names]


def added_by(tools: Iterable[Tool], heading: str) -> bool:
    """Tell a column that a tool has added."""
    name = column_name(heading)
    known = {heading for tool in TOOLS for heading in tool.surely}.union(*(tool.also for tool in tools))
    timing = heading.startswith("__") or name.startswith(("_version", "grouptime", "questiontime"))
    both = ". " in heading and _column_names(heading) - {name} <= known
    return timing or both or name in known


def sent_rank(heading: str) -> int | None:
    """Say how surely a column tells when an answer was sent; 0 is the surest."""
    return min((_SENT.index(name) for name in _column_names(heading) if name in _SENT), default=None)


def not_counted(heading: str, text: str) -> bool:
    """Tell a mark that says that a row is no answer."""
    return letters(text) in _NOT_COUNTED.get(column_name(heading), ())


def unfinished(heading: str, text: str) -> bool:
    """Tell a mark that says that an answer was begun and not sent off."""
    return letters(text) in _BEGUN.get(column_name(heading), ())


def says_submitted(heading: str) -> bool:
    """Tell a column that is empty as long as an answer is not sent off."""
    return bool(_SUBMITTED & _column_names(heading))
