const prefix = 'glpat'

export const remote = `${prefix}-RANDOM_BASE64URL_20`
