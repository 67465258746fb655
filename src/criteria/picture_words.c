/* picture_words.c - the words of pictures in both languages. */
#include "criteria/picture.h"

const struct picture_words picture_words_zh = {
	.language = "zh-CN",
	.verdicts = { "通过", "不通过", "无法判定", "试验无效", "不适用" },
	.whys = { "", "限值待录入", "缺少信号", "缺少参数", "未找到事件", "记录过短", "记录有间断",
		"未给出测量误差" },
	.run_before = "第 ", .run_after = " 次试验",
	.margin = "裕度", .limit = "限值", .time = "时间", .states = "状态", .measured = "测得值",
	.holds = "满足", .violated = "违反", .unknown = "未知",
	.roles = { "通过条件", "有效性条件", "适用条件" },
};

const struct picture_words picture_words_en = {
	.language = "en",
	.verdicts = { "pass", "fail", "inconclusive", "invalid run", "not applicable" },
	.whys = { "", "limit not entered", "signal missing", "parameter missing",
		"event not found", "recording too short", "gap in the recording",
		"accuracy not stated" },
	.run_before = "run ", .run_after = "",
	.margin = "margin", .limit = "limit", .time = "time", .states = "states",
	.measured = "measured",
	.holds = "holds", .violated = "violated", .unknown = "unknown",
	.roles = { "to pass", "to be valid", "to apply" },
};
