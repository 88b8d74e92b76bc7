export const requireToken = process.env.REQUIRE_TOKEN ?? 'true'
export const hasPassword = (process.env.HAS_PASSWORD || 'false') === 'true'
