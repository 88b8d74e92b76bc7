import * as v from 'valibot'

export const settings = v.object({
  API_KEY: v.pipe(v.string(), v.minLength(32)),
  REGION: v.pipe(v.string(), v.minLength(2)),
})
