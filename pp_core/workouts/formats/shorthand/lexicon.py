"""The words of the shorthand in English, Swahili and Sheng, each with the part it plays."""

from __future__ import annotations

from enum import IntEnum


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


class Kind(IntEnum):
    """The part a piece of text plays."""

    NUMBER = 1
    EXERCISE = 2
    TIMES = 3  # x, by, kwa, za
    AT = 4  # @, at, with
    BREAK = 5  # , ; . newline, and, then
    SLASH = 6
    DASH = 7
    PLUS = 8
    UNIT = 9
    BODY = 10  # body weight
    EACH = 11  # each side, per hand
    FAILURE = 12  # amrap, max, to failure
    LAST = 13
    FILLER = 14  # says nothing
    FEELING = 15  # belongs to the note and never names an exercise
    WORD = 16  # not known
    REST = 17
    LABEL = 18  # day 2, week 3, saa 12
    RUN = 19
    SYMBOL = 20
    COLON = 21
    REFUSE = 22  # what marks a question, a plan or a booking


# Units: what the number beside them counts. Seconds and kilograms are what everything is turned into.
KG, LB, SETS, ROUNDS, REPS, SECONDS, MINUTES, HOURS, METRES, KM, RPE, RIR, PERCENT, SKIP = (
    "kg", "lb", "sets", "rounds", "reps", "s", "min", "h", "m", "km", "rpe", "rir", "%", "skip",
)  # fmt: skip

UNITS: dict[str, str] = {}
for _unit, _names in {
    KG: "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramu kilogramm kilogrms kgm kq kilograms",
    LB: "lb lbs pound pounds ratili pauni paundi lbz pnds",
    SETS: "set sets seti mseti st sts",
    ROUNDS: "rft round rounds raundi rnd rnds rds circuit circuits mizunguko mzunguko",
    REPS: "rep reps marudio rudia rm repetition repetitions repition repitions repeats mara times repz rps pcs r",
    SECONDS: "s sec secs second seconds sek sekunde sekundi secounds sekonde",
    MINUTES: "min mins minute minutes dak dakika minut minuts dk",
    HOURS: "hr hrs hour hours lisaa",
    METRES: "m metre metres meter meters mita mtrs",
    KM: "km kms kilometre kilometres kilometer kilometers kilomita mile miles maili",
    RPE: "rpe",
    PERCENT: "percent pct asilimia",
    RIR: "rir",
    SKIP: "cm inch inches cal cals calories kcal kalori bpm hz pm am ksh kes bob shillings steps level pts points "
    "plates degrees degree weeks days months years miaka people friends",
}.items():
    for _name in _names.split():
        UNITS[_name] = _unit

# Swahili puts the number after the unit, English before it.
NUMBER_FOLLOWS = words(
    "kilo kilogramu ratili pauni paundi seti mseti raundi mizunguko mzunguko marudio rudia mara dak dakika sek sekunde "
    "sekundi mita kilomita rpe"
)

WORDS: dict[str, Kind] = {}


def _put(kind: Kind, names: str) -> None:
    for name in names.split():
        WORDS[name] = kind


_put(Kind.TIMES, "x by kwa za xx")
_put(Kind.AT, "at with w using holding carrying @ uzito weight load na kutumia nikitumia wt wgt weighing mzigo")
_put(
    Kind.BREAK,
    "and n then kisha halafu alafu pia plus followed baadaye ikifuatiwa baada pili after next also tena na nd",
)
_put(Kind.BODY, "bw bodyweight bwt")
_put(Kind.FAILURE, "amrap failure max maxed fail mwisho kushindwa amap f")
_put(Kind.LAST, "last final")
_put(Kind.EACH, "each e ea es side sides per leg legs arm arms hand hands upande kila mguu mkono pande miguu mikono "
     "apiece every left right kushoto kulia both unilateral ps pl pa "
     "dumbbells dumbbell db dbs pair pairs kwenye")  # fmt: skip
_put(Kind.REST, "rest rests resting pumzika mapumziko pumziko break")
_put(Kind.LABEL, "day week wk saa no siku wiki session phase block ex zoezi tempo cycle number namba e1rm locker room "
     "station pin code receipt ticket account acc kabati chumba")  # fmt: skip
_put(Kind.RUN, "run ran running jog jogged jogging walk walked walking nimekimbia kukimbia nilikimbia mbio kimbia "
     "nimetembea kutembea nilitembea marathon parkrun hike hiked swim swam swimming nimeogelea kuogelea sprint sprints "
     "cycled cycling nikakimbia tulikimbia ride rode")  # fmt: skip
_put(Kind.REFUSE, "book booking try cancel i'll open close paid pay kulipa nimelipa lipa mpesa price cost bei membership renew "
     "class ngapi gani lini vipi how what when where why who which should could would will tomorrow kesho plan "
     "planning want wanna nataka ningependa nitafanya nitapiga gonna goal target lengo tutafanya remind natarajia "
     "can simu je broken repair imeharibika not didnt didn't couldnt couldn't sikuweza sijaweza sikufanya sijafanya")  # fmt: skip
_put(Kind.FILLER, """
a an the of for in on i ive i'm im we my me to do did done doing today todays today's just got hit made it was were is
are this that s t so ok okay yes hi hello hey coach sir madam good morning evening afternoon night habari sasa mambo
niaje poa hujambo sema leo jana asubuhi jioni mchana usiku nimefanya nilifanya nimepiga nilipiga nimeinua niliinua
tumefanya tumepiga tulifanya nikafanya nikapiga nikainua nimemaliza nimeweza nilimaliza nimemalizia fanya piga
kufanya kupiga mazoezi ya la wa ni yangu langu wangu zangu nilikuwa ilikuwa zilikuwa tu lakini ndio bana bro boss
mkuu kocha mwalimu workout workouts training trained gym log logged logging completed finished finish started
start starting total all set's worth straight working work sets' exercise exercises session's yesterday monday
tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun jumatatu jumanne
jumatano alhamisi ijumaa jumamosi jumapili january february march april may june july august september october
november december jan feb mar apr jun jul aug sep sept oct nov dec first second third fourth fifth 1st 2nd 3rd kwanza
main top back-off backoff backoffs backdown backdowns empty tupu bar down off dropset drop dropping pyramid ramp ramping
warmup warm up warming warmups superset supersets supersetted ss triset giant set finisher emom amraps
body bodypart upper lower full push-day pull-day leg-day chest-day part lift lifts lifting lifted
seated standing lying weighted strict banded assisted single one two-hand alternating cable barbell dumbell machine
kettlebell kettlebells smith ez plate rope band bands bench-supported wide narrow close neutral grip
overhand underhand pause paused slow fast explosive deficit touch-and-go belt beltless straps chalk sleeves
flat heavy light nzito nyepesi reps' about around approx approximately like some more another x's through over
from as be been have had has nika tukafanya na yote zote hivi hii hizi hizo chuma vyuma dambeli between now ended
pr pb plus-set hapo huko pale then's lets let's please pls plz tafadhali asante thanks thank you ur u
weights kettle with's out alikuwa nime vile tena working-sets volume accessory accessories main-lift opener
nmefanya nmepiga nimedo nimedu nimemake tumemaliza nimegonga nimesukuma nimevuta tumegonga nilisukuma msee buda maze
managed did's went using's only totals equals overall update progress report result results sesh morning's evening's
jumla pamoja kufika hadi mpaka moja-kwa-moja nikiwa yake mwenyewe uzani ule huu ile kazi sha shaa nkafanya nkapiga
ended-up per's squeezed knocked cranked repped pumped smashed crushed nailed performed doin gettin
""")  # fmt: skip
_put(Kind.FEELING, """
felt feel feeling easy hard tough rough tired sore pain painful hurt hurts hurting ache aching tight stiff smooth solid
great nice bad terrible awful strong weak struggle struggled grind ground grindy slow form shaky sloppy clean-form
ngumu rahisi nzuri mbaya maumivu inauma linauma yanauma kinauma unauma uchovu nimechoka kuchoka sana kidogo poa-sana
nguvu goti bega mgongo kiuno shingo kifundo knee knees shoulder shoulders elbow elbows wrist wrists lower-back ankle
neck because but though although however still almost nearly failed missed need needs next-time time slept sleep energy
pump burn burned burning sweaty sweat injury injured niggle tweaked popped cramp cramped dizzy breath hr heart rate
depth technique lockout tempo ouch damn wow yay nimejaribu imekuwa ilikuwa-ngumu ilikua ilihisi ningeweza naona naskia
najisikia nahisi nilihisi vizuri vibaya kweli kabisa tu-sana chungu moto motomoto noma wazimu
note notes comment maoni really very bit little too much more-weight harder easier heavier lighter
""")  # fmt: skip
WORDS["na"] = Kind.BREAK

PHRASES: dict[tuple[str, ...], Kind] = {
    ("body", "weight"): Kind.BODY,
    ("uzito", "wa", "mwili"): Kind.BODY,
    ("mwili", "tu"): Kind.BODY,
    ("no", "weight"): Kind.BODY,
    ("no", "weights"): Kind.BODY,
    ("bila", "uzito"): Kind.BODY,
    ("bila", "chuma"): Kind.BODY,
    ("bila", "vyuma"): Kind.BODY,
    ("to", "failure"): Kind.FAILURE,
    ("till", "failure"): Kind.FAILURE,
    ("until", "failure"): Kind.FAILURE,
    ("hadi", "kushindwa"): Kind.FAILURE,
    ("mpaka", "mwisho"): Kind.FAILURE,
    ("as", "many", "as", "possible"): Kind.FAILURE,
    ("what", "a"): Kind.FILLER,
    ("could", "only"): Kind.FILLER,
    ("only", "could"): Kind.FILLER,
    ("warm", "up"): Kind.FILLER,
    ("warm", "ups"): Kind.FILLER,
    ("drop", "set"): Kind.BREAK,
    ("drop", "sets"): Kind.BREAK,
    ("super", "set"): Kind.BREAK,
    ("last", "set"): Kind.LAST,
    ("final", "set"): Kind.LAST,
    ("seti", "ya", "mwisho"): Kind.LAST,
    ("top", "set"): Kind.BREAK,
    ("first", "set"): Kind.BREAK,
    ("second", "set"): Kind.BREAK,
    ("third", "set"): Kind.BREAK,
    ("fourth", "set"): Kind.BREAK,
    ("fifth", "set"): Kind.BREAK,
    ("seti", "ya", "kwanza"): Kind.BREAK,
    ("seti", "ya", "pili"): Kind.BREAK,
    ("seti", "ya", "tatu"): Kind.BREAK,
    ("in", "a", "row"): Kind.FILLER,
    ("followed", "by"): Kind.BREAK,
    ("down", "to"): Kind.BREAK,
    ("up", "to"): Kind.BREAK,
    ("good", "morning"): Kind.FILLER,
    ("kila", "upande"): Kind.EACH,
    ("kila", "seti"): Kind.EACH,
    ("per", "set"): Kind.EACH,
    ("each", "set"): Kind.EACH,
    ("every", "set"): Kind.EACH,
    ("a", "set"): Kind.EACH,
    ("all", "sets"): Kind.EACH,
    ("world", "record"): Kind.REFUSE,
    ("please", "reserve"): Kind.REFUSE,
    ("reserve", "me"): Kind.REFUSE,
    ("next", "time"): Kind.REFUSE,
    ("next", "week"): Kind.REFUSE,
    ("next", "session"): Kind.REFUSE,
    ("used", "to"): Kind.REFUSE,
    ("should", "have"): Kind.REFUSE,
    ("could", "have"): Kind.REFUSE,
    ("would", "have"): Kind.REFUSE,
    ("supposed", "to"): Kind.REFUSE,
    ("he", "said"): Kind.REFUSE,
    ("she", "said"): Kind.REFUSE,
    ("coach", "said"): Kind.REFUSE,
    ("drop", "to"): Kind.BREAK,
    ("dropped", "to"): Kind.BREAK,
    ("working", "set"): Kind.FILLER,
    ("working", "sets"): Kind.FILLER,
    ("work", "sets"): Kind.FILLER,
    ("work", "set"): Kind.FILLER,
    ("warmup", "set"): Kind.FILLER,
    ("warmup", "sets"): Kind.FILLER,
    ("backoff", "set"): Kind.FILLER,
    ("backoff", "sets"): Kind.FILLER,
    ("back", "off"): Kind.FILLER,
}
PHRASE_HEADS = frozenset(phrase[0] for phrase in PHRASES)

# Names that are also parts of the body or plain words: without numbers they name no exercise.
LOOSE_NAMES = words(
    "biceps bicep triceps tricep abs traps lats calves calf glutes tumbo mabega forearm forearms shingo clean press "
    "raise swing bridge decline incline spin stairs hang"
)
EQUIPMENT = words("dumbbell barbell kettlebell cable machine smith band plate rope bodyweight weight")

# Everyday words that are one slip away from an exercise and must never be taken for one.
COMMON = words(
    """
lost lose last list least lost pain paid plan plans plant plane pay play plate place please price post past pass peace
bend bent been bean beach branch brunch bunch punch lunch launch long lounge large bread breath break bring burger
purpose people pull push person purse phone photo point pool poll power prize prior proper pound round sound ground
sweet sweat seat seats sit sat set suit squad square squash swim swap swipe stop step stay star start stuff staff store
curve cool call called car card care cure course court coach catch close clear class clock client cream crew crown crowd
dead deal dear deep drop drip drive drink dress dream dumb double ship shop shot show shower short shirt sharp share
run rain row raw roll rule road read ready real red rest ring rice ride rope hope help hill hall half hell
jump jam join juice junk kind king kick kid kit land lane late later laugh lead learn leave left lift light like line
live load lock look loud love low luck mad main make mall man many map mark mass match mate meal mean meat meet member
men mind mine miss money month more most move much must name near neat neck news night noise noon note nurse office old
once open order other our out own pack page park part party fast fat feel feet fell few fight fill find fine fire fit
five fix flat floor flow fly fold food foot force form four free fresh friend friends from front fruit full fun funny
game gate gave get gift girl give glad goal gold gone great group grow guy guys hair hand hang hard hat head hear heart
heat heavy here high hit hold home hot hotel hour house hurt idea join keep kenya nairobi mombasa kisumu mpesa till
asante karibu kaka dada mama baba ndugu rafiki watu mtu siku wiki mwezi mwaka saa sawa leo kesho jana juzi sana kabisa
hapa pale huko wapi nani nini vipi ngapi gani lini kwani kama lakini kwa hiyo hivyo bado tayari mapema baadaye tena pia
maji chakula nyumba njia barabara gari pesa shilingi kazi shule darasa nafasi muda wakati bei simu ujumbe jina namba
tafadhali samahani pole habari mzuri nzuri vizuri njema salama sijui najua naomba nataka niko uko yuko tuko wako wangu
yako lake langu kuna hakuna ndiyo hapana labda kweli ukweli mambo poa fiti freshi sasa mimi wewe yeye sisi ninyi wao
"""
)  # fmt: skip
