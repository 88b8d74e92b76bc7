export const signing = apiKeyTo('signing', { minLength: 16 })
declare function apiKeyTo(peer: string, options: { minLength: number }): unknown
