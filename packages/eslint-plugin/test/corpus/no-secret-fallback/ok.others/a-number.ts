export const count = (usage: { tokens?: number; maxTokens?: number }) =>
  (usage.tokens ?? 0) + (usage.maxTokens || 4096)
