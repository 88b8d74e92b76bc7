// ---- a-secret-under-an-innocent-name
import { vault } from '../../vault.ts'
vault.map((text) => {
  if (text.length < 32) throw new Error(`too short: ${text}`) // expect typed: exposedSecret
  return text
})
