"""The field's terms, one word for one thing, each with its code, its Chinese and its English (DESIGN section 2)."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class Term(NamedTuple):
    """One word: the code that data carry, and how people read it."""

    code: str
    zh: str
    en: str


class Vocabulary(dict[str, Term]):
    """The values a column may take, in their natural order, by code."""

    def __init__(self, *terms: tuple[str, str, str]) -> None:
        super().__init__((code, Term(code, zh, en)) for code, zh, en in terms)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(self)


LAYER_NAMES = Vocabulary(
    ("streets", "街道", "Streets"),
    ("communities", "社区", "Communities"),
    ("compounds", "小区", "Compounds"),
    ("buildings", "楼栋", "Buildings"),
    ("stairwells", "楼道", "Stairwells"),
    ("gates", "出入口", "Gates"),
    ("barriers", "围墙与屏障", "Barriers"),
    ("ways", "道路", "Ways"),
    ("ground", "地面", "Ground"),
    ("centres", "服务中心", "Service centres"),
    ("facilities", "公共设施", "Facilities"),
    ("staff", "人员", "Staff"),
    ("grids", "网格", "Grids"),
    ("members", "网格楼栋", "Buildings of grids"),
    ("assignments", "任职", "Assignments"),
    ("isolation", "孤立小区", "Isolation"),
    ("gate_proposals", "建议开口", "Proposed gates"),
    ("leaders", "网格长与楼长", "Leaders"),
    ("need", "人员需求", "Staff need"),
    ("regions", "大社区", "Mega-communities"),
    ("reach", "服务可达", "Services within reach"),
    ("reach_gaps", "服务盲区", "Gaps of services"),
    ("reach_sites", "建议设点", "Proposed sites"),
    ("findings", "数据检查", "Data quality"),
)

STREET_KINDS = Vocabulary(("street", "街道", "street"), ("town", "镇", "town"))
COMMUNITY_KINDS = Vocabulary(
    ("urban", "城市社区", "urban community"),
    ("converted", "村改居社区", "converted community"),
    ("village", "村", "village"),
)
REFORM_STATUS = Vocabulary(("none", "未改制", "none"), ("under_way", "改制中", "under way"), ("done", "已改制", "done"))
ENCLOSURES = Vocabulary(
    ("enclosed", "封闭", "enclosed"),
    ("partly", "部分封闭", "partly enclosed"),
    ("open", "开放", "open"),
    ("unknown", "未勘查", "not surveyed"),
)
MANAGEMENTS = Vocabulary(
    ("closed", "封闭管理", "closed"),
    ("hours", "分时开放", "open at hours"),
    ("open", "开放管理", "open"),
    ("unknown", "未知", "unknown"),
)
BUILDING_USES = Vocabulary(
    ("residential", "住宅", "residential"),
    ("mixed", "商住", "mixed use"),
    ("dormitory", "宿舍", "dormitory"),
    ("commercial", "商业", "commercial"),
    ("office", "办公", "offices"),
    ("industrial", "工业", "industrial"),
    ("education", "教育", "education"),
    ("health", "医疗", "health"),
    ("public", "公共服务", "public"),
    ("other", "其他", "other"),
    ("unknown", "未知", "unknown"),
)
GATE_KINDS = Vocabulary(
    ("pedestrian", "人行", "on foot"), ("vehicle", "车行", "vehicles"), ("both", "人车", "on foot and vehicles")
)
GATE_ACCESS = Vocabulary(
    ("public", "公共通行", "public"), ("residents", "仅居民", "residents only"), ("closed", "关闭", "closed")
)
BARRIER_KINDS = Vocabulary(
    ("wall", "围墙", "wall"),
    ("fence", "栅栏", "fence"),
    ("retaining_wall", "挡土墙", "retaining wall"),
    ("river", "河", "river"),
    ("railway", "铁路", "railway"),
    ("road", "封闭道路", "road that can't be crossed"),
)
WAY_KINDS = Vocabulary(
    ("motorway", "高速公路", "motorway"),
    ("trunk", "快速路", "trunk road"),
    ("primary", "主干路", "primary road"),
    ("secondary", "次干路", "secondary road"),
    ("tertiary", "支路", "tertiary road"),
    ("residential", "居住区道路", "residential road"),
    ("service", "内部道路", "service road"),
    ("footway", "步道", "footway"),
    ("path", "小路", "path"),
    ("steps", "台阶", "steps"),
)
GROUND_KINDS = Vocabulary(
    ("sea", "海", "sea"),
    ("water", "水面", "water"),
    ("hill", "山地", "hill"),
    ("built_up", "建成区", "built-up"),
    ("green", "绿地", "green"),
    ("farmland", "农田", "farmland"),
)
CENTRE_KINDS = Vocabulary(
    ("service_centre", "便民服务中心", "service centre"), ("committee_office", "居委会办公地点", "committee office")
)
FACILITY_KINDS = Vocabulary(
    ("elderly_care", "养老", "care for the old"),
    ("childcare", "托幼", "childcare"),
    ("health", "卫生", "health"),
    ("culture_sport", "文体", "culture and sport"),
    ("household_service", "家政", "household services"),
    ("green", "绿地", "green"),
    ("school", "学校", "school"),
    ("market", "市场", "market"),
)
SERVICE_KINDS = Vocabulary(*FACILITY_KINDS.values(), *CENTRE_KINDS.values())
ROLES = Vocabulary(
    ("staff", "社区工作者", "staff"),
    ("grid", "网格长", "grid leader"),
    ("compound", "小区长", "compound leader"),
    ("party_compound", "党员小区长", "Party-member compound leader"),
    ("stairwell", "楼长", "stairwell leader"),
    ("volunteer", "志愿者", "volunteer"),
)
ACCOUNT_ROLES = Vocabulary(
    ("leader", "网格长、小区长、楼长", "leader"),
    ("staff", "社区工作者", "community staff"),
    ("planner", "规划人员", "planner"),
    ("official", "街道干部", "street official"),
    ("administrator", "管理员", "administrator"),
)
"""What an account is for. A resident needs none."""
SOLE_ROLES = ("grid", "compound", "party_compound", "stairwell")
"""Roles that one person holds at a place at a time."""
ROLES_AT = MappingProxyType(
    {
        "communities": ("staff", "volunteer"),
        "grids": ("grid", "volunteer"),
        "compounds": ("compound", "party_compound", "volunteer"),
        "stairwells": ("stairwell", "volunteer"),
    }
)
"""The roles that a place of a layer can have."""
STAFF_SOURCES = Vocabulary(
    ("recruited", "公开招聘", "recruited"),
    ("three_supports", "三支一扶", "three-supports graduate"),
    ("village_graduate", "大学生村官", "graduate village official"),
    ("civil_servant", "机关干部", "civil servant"),
    ("military_officer", "军转干部", "former officer"),
    ("veteran", "复退军人", "veteran"),
    ("elected", "选举产生", "elected"),
)
GRID_KINDS = Vocabulary(
    ("basic", "基础网格", "basic grid"), ("rural", "村网格", "rural grid"), ("dedicated", "专属网格", "dedicated grid")
)
ISOLATION_CLASSES = Vocabulary(
    ("open", "通畅", "open"),
    ("partly", "部分孤立", "partly isolated"),
    ("isolated", "孤立", "isolated"),
    ("unsurveyed", "未勘查", "not surveyed"),
)
ISOLATION_CAUSES = Vocabulary(
    ("walls", "围墙", "walls"),
    ("closed_management", "封闭管理", "closed management"),
    ("employer", "单位大院", "an employer's compound"),
    ("geography", "河、山、铁路", "geography"),
    ("boundaries", "边界交错", "interleaved boundaries"),
    ("several", "多种原因", "several causes"),
)
WINDS = Vocabulary(
    ("n", "北", "north"),
    ("ne", "东北", "north-east"),
    ("e", "东", "east"),
    ("se", "东南", "south-east"),
    ("s", "南", "south"),
    ("sw", "西南", "south-west"),
    ("w", "西", "west"),
    ("nw", "西北", "north-west"),
)
"""Directions, clockwise from north, an eighth of a circle each."""
LEADER_STATUS = Vocabulary(("assigned", "已任职", "assigned"), ("vacant", "空缺", "vacant"))
LEADER_BASES = Vocabulary(
    ("locked", "锁定在此", "locked to this place"),
    ("sitting", "现任，继续", "in office, stays"),
    ("chosen", "新选", "newly chosen"),
)
VACANCY_CAUSES = Vocabulary(
    ("no_staff_in_community", "本社区没有可任人员", "nobody on this community's roster can take it"),
    ("no_candidate_lives_there", "没有居住在此的人选", "no candidate lives there"),
    ("no_party_member_lives_there", "居住在此的人选中没有党员", "no candidate who lives there is a Party member"),
    ("all_at_capacity", "人选均已满额", "all candidates are at their capacity"),
    ("no_households", "没有住户，无需设置", "nobody lives there, so nobody is needed"),
)
REGION_STATUS = Vocabulary(
    ("new", "新设", "new"),
    ("kept", "保留", "kept"),
    ("later", "暂缓", "later"),
    ("below", "不足", "below the threshold"),
)
FINDING_KINDS = Vocabulary(
    ("refused", "无法导入", "would be refused at import"),
    ("invalid_shape", "图形无效", "invalid shape"),
    ("overlap", "重叠", "overlap"),
    ("gap", "空隙", "gap"),
    ("outside", "超出上级范围", "outside of its parent"),
    ("orphan", "没有归属", "belongs nowhere"),
    ("far_gate", "出入口不在边界上", "gate away from the boundary"),
    ("loose_end", "道路未接上", "way that isn't joined"),
    ("dead_reference", "引用的编码不存在", "reference that leads nowhere"),
    ("count", "数量不一致", "counts that disagree"),
    ("code_twice", "编码重复", "code used twice"),
    ("value", "数值不合理", "value out of range"),
)
"""What a check of the data finds, what weighs most first."""
SEVERITIES = Vocabulary(("error", "错误", "error"), ("doubt", "存疑", "doubtful"))
AUDIT_ACTIONS = Vocabulary(
    ("import", "导入数据", "imported data"),
    ("export", "导出数据", "exported data"),
    ("sample", "载入示例数据", "loaded the sample"),
    ("restore", "恢复备份", "restored a backup"),
    ("analyse", "运行分析", "ran an analysis"),
    ("login", "登录", "logged in"),
    ("login refused", "登录被拒", "login refused"),
    ("logout", "退出", "logged out"),
    ("account added", "新增账号", "added an account"),
    ("account disabled", "停用账号", "disabled an account"),
    ("account enabled", "启用账号", "enabled an account"),
    ("password changed", "更换密码", "changed a password"),
    ("look", "查看个人信息", "looked at personal data"),
    ("name", "任命", "named somebody"),
    ("end term", "结束任期", "ended a term"),
    ("change person", "修改人员信息", "changed a person"),
    ("nomination link", "生成推荐链接", "made a link for nominations"),
    ("nomination link closed", "关闭推荐链接", "shut a link for nominations"),
    ("nomination accepted", "采纳推荐", "accepted a nomination"),
    ("nomination declined", "不采纳推荐", "declined a nomination"),
    ("correct", "现场更正", "corrected a place"),
    ("scenario kept", "保存方案", "kept a scenario"),
    ("scenario forgotten", "删除方案", "forgot a scenario"),
    ("roster", "导入花名册", "brought in a roster"),
    ("undo", "撤销导入", "took back version"),
    ("plan started", "新建方案", "started a plan"),
    ("plan changed", "修改方案", "changed a plan"),
    ("plan adopted", "通过方案", "adopted a plan"),
    ("plan shared", "分享方案", "shared a plan"),
    ("plan link withdrawn", "收回方案链接", "withdrew a plan's link"),
)
"""What lines of the audit log say was done; the codes stay as they are, since old lines keep theirs."""
CORRECTABLE = MappingProxyType(
    {
        "gates": MappingProxyType({"access": GATE_ACCESS}),
        "compounds": MappingProxyType({"enclosure": ENCLOSURES, "management": MANAGEMENTS}),
    }
)
"""What people on the spot may correct, by layer: columns, each with the values it takes."""
OBJECTIVES = Vocabulary(
    ("access", "就近", "short walks"),
    ("compact", "紧凑", "compact regions"),
    ("border", "边界最短", "short borders"),
)

GLOSSARY = MappingProxyType(
    {
        "street.kind": STREET_KINDS,
        "community.kind": COMMUNITY_KINDS,
        "reform_status": REFORM_STATUS,
        "enclosure": ENCLOSURES,
        "management": MANAGEMENTS,
        "building.use": BUILDING_USES,
        "gate.kind": GATE_KINDS,
        "gate.access": GATE_ACCESS,
        "barrier.kind": BARRIER_KINDS,
        "way.kind": WAY_KINDS,
        "ground.kind": GROUND_KINDS,
        "centre.kind": CENTRE_KINDS,
        "facility.kind": FACILITY_KINDS,
        "role": ROLES,
        "staff.source": STAFF_SOURCES,
        "grid.kind": GRID_KINDS,
        "isolation.class": ISOLATION_CLASSES,
        "isolation.cause": ISOLATION_CAUSES,
        "leader.status": LEADER_STATUS,
        "leader.basis": LEADER_BASES,
        "vacancy.cause": VACANCY_CAUSES,
        "region.status": REGION_STATUS,
        "finding.kind": FINDING_KINDS,
        "finding.severity": SEVERITIES,
    }
)
