// ---- a-design-token
export const color = (theme: Record<string, string>, token: string) => theme[token] ?? 'inherit'

// ---- a-feature-flag
export const requireToken = process.env.REQUIRE_TOKEN ?? 'true'
export const hasPassword = (process.env.HAS_PASSWORD || 'false') === 'true'

// ---- a-list-of-secrets
export const secrets = (config: { secrets?: string[] }) => config.secrets ?? []

// ---- a-number
export const count = (usage: { tokens?: number; maxTokens?: number }) =>
  (usage.tokens ?? 0) + (usage.maxTokens || 4096)

// ---- a-rotation-state
export const stage = (secret: { stage?: string }) => secret.stage ?? 'current'
