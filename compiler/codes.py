"""The one table of all complaints: a code is stable for ever, its name and title may be improved."""

from __future__ import annotations

from types import MappingProxyType

from currc.compiler.members import Members


class Code(Members):
    """A code and its one-line title; `code.value` is the text `C0104`.

    The two digits after the letter are the group: 00 syntax, 01 names, 02 types and
    units, 03 curriculum logic, 04 data, 05 budget, 06 arms, 07 decision. `C` forbids
    running, `W` is a warning. A retired number is never given to another complaint.
    """

    _value_: str
    title: str

    def __new__(cls, number: str, title: str) -> Code:
        """A member whose value is the number alone."""
        code = object.__new__(cls)
        code._value_ = number
        code.title = title
        return code

    @property
    def forbids(self) -> bool:
        """Whether a spec with this complaint cannot be run; a warning leaves it runnable."""
        return self._value_.startswith("C")

    UNEXPECTED = "C0001", "something stands where it cannot"
    MISSING_EQUALS = "C0002", "there is no `=` between a name and its value"
    WRONG_EQUALS = "C0003", "another sign stands in place of `=`"
    UNCLOSED_BRACKET = "C0004", "a bracket is never closed"
    UNCLOSED_BLOCK = "C0005", "a block is never closed"
    UNTERMINATED_STRING = "C0006", "a string is never closed"
    WRONG_QUOTES = "C0007", "a string is in quotes of the wrong kind"
    STRAY_CHARACTER = "C0008", "a character that the language does not use"
    FOREIGN_COMMENT = "C0009", "a comment of another language"
    GLUED_UNIT = "C0010", "a number and its unit are not separated"
    MISSPELT_KEYWORD = "C0011", "a keyword is misspelt"
    MISSING_EDITION = "C0012", "the first statement is not `edition`"
    UNKNOWN_EDITION = "C0013", "this compiler does not know the edition"
    STRAY_COMMA = "C0014", "a statement ends with a comma or semicolon"
    UNKNOWN_ESCAPE = "C0015", "a backslash is followed by a character that needs none"
    WRONG_CASE = "C0016", "`true` and `false` are in small letters"
    MISSING_VALUE = "C0017", "a value is missing"
    MISSING_COMMA = "C0018", "two items have no comma between them"
    UNOPENED = "C0019", "something is closed that was never opened"
    RESERVED_WORD = "C0020", "a reserved word is used as a name"
    MISSING_BRACE = "C0021", "a block's header has no `{`"
    TWO_STATEMENTS = "C0022", "two statements stand on one line"
    STRAY_WORD = "C0023", "a line is neither an attribute nor a block"
    BAD_NUMBER = "C0024", "a number that cannot be read"
    FILE_TOO_LARGE = "C0030", "a spec is larger than 1 MB"
    TOO_DEEP = "C0031", "blocks, brackets or signs are nested deeper than 100"
    TOO_MANY_TOKENS = "C0032", "a spec has more than 200,000 tokens"
    STRING_TOO_LONG = "C0033", "a string is longer than 64 KB"
    NUMBER_TOO_LONG = "C0034", "a number has more than 64 digits"
    CONTROL_CHARACTER = "C0035", "a control character stands in the text"
    BIDI_CHARACTER = "C0036", "a character that changes the direction of reading"
    NOT_UTF8 = "C0037", "a spec is not UTF-8 text"
    USE_BEYOND = "C0038", "the files that a spec uses go beyond the limits"

    DUPLICATE_NAME = "C0101", "a name is given twice"
    UNKNOWN_KIND = "C0102", "there is no such kind of block"
    UNKNOWN_ATTRIBUTE = "C0103", "a block has no such attribute"
    UNKNOWN_NAME = "C0104", "nothing has this name"
    UNKNOWN_WORD = "C0105", "the word does not belong to this attribute"
    CYCLE = "C0107", "names refer to each other in a circle"
    RESERVED_NAME = "C0108", "a name belongs to the language"
    DUPLICATE_ATTRIBUTE = "C0109", "an attribute is given twice"
    DUPLICATE_BLOCK = "C0110", "a block that exists once is given twice"
    MISSING_NAME = "C0111", "a block of this kind needs a name"
    NEEDLESS_NAME = "C0112", "a block of this kind has no name"
    MISPLACED_BLOCK = "C0113", "a block of this kind does not belong here"
    WRONG_KIND = "C0114", "a name refers to a block of another kind"
    USE_UNREADABLE = "C0115", "a used file cannot be read"
    USE_OUTSIDE_ROOT = "C0116", "a used file lies outside the project"
    NEEDLESS_EXTENDS = "C0117", "blocks of this kind extend nothing"
    MISPLACED_STATEMENT = "C0118", "a statement of this form does not belong here"
    MOVED_STAYS = "C0120", "a name that was moved away from still exists"
    MOVED_TWICE = "C0121", "two renames begin or end at the same name"
    MOVED_UNFIT = "C0122", "nothing of this kind can be renamed so"

    WRONG_TYPE = "C0201", "a value is of another type"
    WRONG_UNIT = "C0202", "a number has the wrong unit or none"
    OUT_OF_RANGE = "C0203", "a value lies outside its range"
    MISSING_ATTRIBUTE = "C0204", "a required attribute is missing"
    BAD_ARGUMENT = "C0205", "an argument of a call does not fit"
    UNKNOWN_ARGUMENT = "C0206", "a call has no such argument"
    MISSING_ARGUMENT = "C0207", "a required argument is missing"
    DUPLICATE_ARGUMENT = "C0208", "an argument is given twice"
    TOO_MANY_ARGUMENTS = "C0209", "a call has too many arguments"
    UNKNOWN_UNIT = "C0210", "there is no such unit"
    BAD_ARITHMETIC = "C0211", "quantities that cannot be computed with each other"
    DIVISION_BY_ZERO = "C0212", "a division by zero"
    BAD_TEMPLATE = "C0213", "a template cannot be read"
    EMPTY_RANGE = "C0214", "a range has no extent"
    DUPLICATE_ITEM = "C0215", "a list holds an item twice"
    EMPTY_LIST = "C0216", "a list that needs an item is empty"
    MISSING_TYPE = "C0217", "a block of this kind needs a word after `:`"
    UNKNOWN_TYPE = "C0218", "the word after `:` does not belong to this kind"
    NEEDLESS_TYPE = "C0219", "blocks of this kind take no word after `:`"
    NOT_YET = "C0220", "the language has this word, this version cannot run it"

    TAKE_WITHOUT_BY = "C0301", "a window of difficulty without a difficulty"
    ORDER_WITHOUT_BY = "C0302", "an order by difficulty without a difficulty"
    PACING_WITH_SHUFFLED = "C0303", "a pacing has no effect on a shuffled order"
    STAGE_UNREACHABLE = "C0304", "a stage is never reached"
    STAGE_UNENDING = "C0305", "a stage that others follow has no `max`"
    PROMOTE_WITHOUT_MAX = "C0306", "a promotion without an upper bound"
    PROMOTE_IMPOSSIBLE = "C0307", "a stage can never be promoted"
    GOLD_IN_GUARD = "C0308", "a guard looks at gold data"
    NEEDS_VALIDATION = "C0309", "something steers by validation that is switched off"
    TASK_NOT_TRAINED = "C0310", "a task that is only scored cannot be trained on"
    METRIC_NOT_MEASURED = "C0311", "a task does not measure this metric"
    STAGE_ORDER = "C0312", "the stages have no single order"
    DEAD_OPTION = "C0313", "an option has no effect here"
    METRIC_UNFIT = "C0314", "a metric does not fit the kind of task"
    NO_STAGE_TASKS = "C0315", "an arm leaves a stage without tasks"
    REQUIRED_TASK_MISSING = "C0316", "a task is trained without one that it requires"
    UNFIT_PAIR = "C0317", "two choices exclude each other"

    FILE_MISSING = "C0401", "a data file does not exist"
    BAD_ROW = "C0402", "a row cannot be read"
    COLUMN_MISSING = "C0403", "a row lacks a column"
    LABEL_UNKNOWN = "C0404", "a label is not in the task's list"
    GOLD_IN_TRAIN = "C0405", "gold rows are found in training data"
    EMPTY_TASK = "C0406", "a task has no rows"
    OUTSIDE_ROOT = "C0407", "a path leads outside the project"
    BAD_MODEL = "C0408", "a model cannot be read"
    DATA_CHANGED = "C0409", "data differs from its recorded digest"
    TARGET_MISSING = "C0410", "a row has no answer"
    TOO_LONG = "C0411", "a row does not fit into the model's input"
    UNKNOWN_FORMAT = "C0412", "a data file is of an unknown format"
    BAD_TARGET = "C0413", "an answer cannot be read"
    DUPLICATE_COLUMN = "C0414", "a column has the same name as another"
    NOT_A_FILE = "C0415", "a path is not a regular file"
    SPAN_NOT_FOUND = "C0416", "an answer to extract is not in the prompt"
    ENCODING = "C0417", "a data file is not UTF-8 text"
    EXTRA_MISSING = "C0418", "a format needs an extra that is not installed"
    BAD_SCORE = "C0430", "a score of difficulty says nothing"
    EMPTY_WINDOW = "C0431", "a stage's window holds no row of a task"

    MATCH_MISSING = "C0501", "arms are compared without `budget.match`"
    LIMIT_MISSING = "C0502", "the budget has no limit"
    LIMIT_UNIT = "C0503", "the limit is in another unit than `match`"
    TOO_MANY_TRIALS = "C0504", "the spec asks for more than 10,000 trials"
    LIMIT_TOO_SMALL = "C0505", "the limit is below one batch"
    TOO_LARGE = "C0506", "there are too many arms for so many blocks"

    EQUAL_ARMS = "C0601", "two arms are the same after resolution"
    OVERRIDE_UNKNOWN = "C0602", "an arm overrides something that does not exist"
    DROP_UNKNOWN = "C0603", "an arm drops something that does not exist"
    ARM_CYCLE = "C0604", "arms extend each other in a circle"
    NO_ARM = "C0605", "the spec has no arm"
    NO_MODEL = "C0606", "the spec has no model"
    NO_TASK = "C0607", "an arm has no tasks"
    TWO_MODELS = "C0608", "the spec has two models"
    DROP_REQUIRED = "C0609", "an arm drops something that is required"
    SHARES_UNFIT = "C0610", "the shares do not fit the tasks"
    OVERRIDE_FIXED = "C0611", "an arm overrides what must be the same in every arm"

    CONTROL_UNKNOWN = "C0701", "the control is not an arm"
    MIXED_RANGES = "C0702", "a mean over metrics of different range"
    TOO_FEW_SEEDS = "C0703", "the test cannot reach `alpha` with so few seeds"
    DECIDE_MISSING = "C0704", "arms are compared without a rule that decides"
    PROTECT_UNKNOWN = "C0705", "a protected metric is not measured"
    GAIN_UNIT = "C0706", "a gain is not in the metric's unit"
    CONTROL_ALONE = "C0707", "there is no arm to compare with the control"
    TASK_NOT_SHARED = "C0708", "the deciding metric is not measured in every arm"

    UNUSED_NAME = "W0101", "nothing refers to this block"
    UNUSED_CONSTANT = "W0102", "nothing uses this constant"
    REPLAY_IN_POOL = "W0301", "replayed rows are already in the pool"
    ORDER_UNCONTROLLED = "W0302", "an ordering lacks its random-order control"
    REPEATED_OFTEN = "W0303", "a task is repeated for many epochs"
    NEVER_SEEN = "W0304", "a task is never drawn"
    BOUND_UNKEPT = "W0306", "a bound on repetition cannot be kept"
    CLASS_MISSING = "W0307", "a stage begins without rows of a class"
    FEW_ROWS = "W0308", "a task has fewer rows than a batch"
    NEAR_DUPLICATES = "W0401", "gold and training rows are nearly equal"
    ROWS_TRUNCATED = "W0402", "rows are cut to fit into the model's input"
    DUPLICATES_DROPPED = "W0403", "equal rows were dropped"
    UNPINNED_MODEL = "W0404", "a hub model has no revision"
    SMALL_GOLD = "W0405", "the gold set is small"
    CONFOUNDED = "W0601", "an arm differs from its parent in more than one factor"
    FEW_SEEDS = "W0701", "few seeds for a verdict"
    WEAK_EFFECT = "W0702", "the smallest detectable effect is above `min_gain`"
    NO_CONTROLS = "W0703", "control arms are waived"


RETIRED = MappingProxyType(
    {
        "C0106": "C0602",
        "C0119": "C0403",
        "W0201": "",
        "W0501": "",
    }
)
"""Numbers that nothing says any more, and the code that took over; they are given to no other complaint."""
