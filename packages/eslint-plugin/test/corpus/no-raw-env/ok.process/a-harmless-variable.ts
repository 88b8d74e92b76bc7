export const isProduction = process.env.NODE_ENV === 'production'
export const isCi = process.env['CI'] !== undefined
