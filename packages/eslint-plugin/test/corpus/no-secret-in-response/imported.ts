// ---- a-secret-under-an-innocent-name
import type { Response } from 'express'
import { drawer } from '../../vault.ts'
export function answer(res: Response): void {
  res.json(drawer) // expect typed: secretObject
}
