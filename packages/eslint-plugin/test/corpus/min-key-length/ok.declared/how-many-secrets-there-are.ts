import fc from 'fast-check'

export const scene = fc.record({ secrets: fc.array(fc.string(), { minLength: 1 }) })
