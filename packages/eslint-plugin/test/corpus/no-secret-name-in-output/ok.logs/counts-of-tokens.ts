declare const usage: { promptTokens: number; completionTokens: number; totalTokens: number }
console.log(usage.promptTokens, usage.completionTokens, usage.totalTokens)
