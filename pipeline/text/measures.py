"""Units of measure as the language forms them.

Grammar:
    unit     measure [bracketed] | measure ("/" measure)+ [bracketed]        台（套）  元/人·年  人次
    measure  [scale] word, word from the list or one Chinese sign that is no stop sign; scale 十 百 千 万 亿, also alone
A *free* unit is one whose place shows that it is a unit (behind an operator, in brackets of its own): there any short
run of letters without stop words is one, since nobody can list every unit.
"""

from __future__ import annotations

import re

from pipeline.text.chars import is_han

_WORD_LIST = """
    % ‰ ° ℃ ℉ ㎡ ㎥ ㎞ ㎝ ㎜ ㎏ ㎎ m² m³ km² cm² mm² m2 m3 km2 m km KM cm mm μm kg KG Kg g mg μg ug t L l ml mL
    kW KW MW GW kWh KWh KWH kwh MWh h min s d KB MB GB TB PB kb Mb Gb dB db Hz kHz MHz GHz Pa kPa MPa V kV KV W ppm
    kJ MJ mol bps kbps Mbps Gbps dpi 人 人次 人天 人日 人月 人年 人份 人头 人数 名 位 户 户次 户数 家 家次 家庭 口
    员 个 项 项次 所 座 栋 幢 间 处 处次 片 块 条 根 支 枝 株 棵 盆 只 头 匹 羽 尾 尊 台 台套 台次 台班 台件 套 套次
    套件 件 件次 件套 具 架 辆 辆次 艘 列 节 节次 趟 班 班次 班组 场 场次 次 次数 回 期 期次 轮 轮次 批 批次 届 类
    种 种类 款 型 层 级 等级 度 份 篇 部 本 册 卷 张 幅 副 页 版面 封 帧 集 首 曲 例 例次 床 床位 床日 剂 剂次 针
    针次 支次 瓶 盒 箱 袋 包 桶 罐 桌 席 席位 座位 卡 枚 颗 粒 滴 团 队 组 组次 对 双 打 排 行 站 点 点位 个点 段 路
    口井 眼 孔 门 扇 面 道 环 圈 宗 笔 单 起 案 案件 票 股 门次 课 课时 学时 学分 分 分数 天 日 日历天 工作日 工日
    周 旬 月 季 季度 年 年度 岁 小时 分钟 秒 秒钟 毫秒 个工作日 个日历天 个自然日 自然日 个月 个季度 个年度 个小时
    个百分点 百分点 个人 个人次 个课时 个学时 米 千米 公里 里 厘米 毫米 微米 分米 海里 延米 延长米 平方米 平方公里
    平方千米 平方厘米 平米 平方 立方米 立方 立方厘米 亩 亩次 公顷 顷 升 毫升 吨 吨公里 千克 公斤 克 毫克 微克 斤 两
    担 石 车公里 车次 车 人公里 标方 标准立方米 标准煤 吨标准煤 元 角 圆 美元 欧元 港元 港币 日元 英镑 元整 千瓦
    千瓦时 兆瓦 千伏 伏 瓦 安 度电 卡路里 千卡 焦 兆 兆字节 字 字节 词 条次 项目 人员 岗位 个岗位 名学生 名教师 倍
    成 折 分贝 赫兹 帕 摄氏度 点次 辖区 村 个村 乡 镇 街道 社区
"""
_WORDS = frozenset(_WORD_LIST.split())
_SCALES = "十百千万亿"
_LAST_STOPS = frozenset("号版月点时线好前后内底止多余来左右上下初末中间")
"""Signs that end a phrase about time, order or rough size, never a unit."""
_STOPS = frozenset("有无不含约近超达至到和与或及且的了是否为在以等未已第")
"""Signs of a sentence; a run that holds one is no unit."""
_FREE = re.compile(r"[^\W\d_]{1,8}")
_BRACKETED = re.compile(r"([^()]+)\(([^()]+)\)")


def is_unit(text: str, *, free: bool) -> bool:
    """Given half-width text without gaps, return whether it is a unit. ``free``: its place already says so."""
    if bracketed := _BRACKETED.fullmatch(text):
        return all(is_unit(part, free=free) for part in bracketed.groups())
    first, *others = re.split(r"[/·]", text)
    return (_is_measure(first) or (free and _is_free(first))) and all(map(_is_measure_or_free, others))


def _is_measure_or_free(part: str) -> bool:
    return _is_measure(part) or _is_free(part)


def _is_measure(part: str) -> bool:
    bare = part.lstrip(_SCALES)
    return part in _WORDS or bare in _WORDS or (bool(part) and not bare) or _is_single(bare)


def _is_single(sign: str) -> bool:
    return len(sign) == 1 and is_han(sign) and sign not in _STOPS and sign not in _LAST_STOPS


def _is_free(part: str) -> bool:
    return bool(_FREE.fullmatch(part)) and not _STOPS & set(part) and part[-1] not in _LAST_STOPS
