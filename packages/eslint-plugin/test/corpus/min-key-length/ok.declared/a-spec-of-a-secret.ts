export const signing = apiKeyTo('signing', { minLength: 43 })
export const name = text({ minLength: 3 })
declare function apiKeyTo(peer: string, options: { minLength: number }): unknown
declare function text(options: { minLength: number }): unknown
