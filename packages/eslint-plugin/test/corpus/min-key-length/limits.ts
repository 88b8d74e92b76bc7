// ---- a-minimum-that-is-checked-by-hand
// missed
import { cleanEnv, makeValidator } from 'envalid'

const secret = makeValidator((text: string) => {
  if (text.length < 16) throw new Error('too short')
  return text
})
export const env = cleanEnv(process.env, { API_KEY: secret() })
