const proc = typeof process !== 'undefined' ? process : undefined

export const platform = proc?.platform ?? 'browser'
