// @typed
import { vault } from '../../vault.ts'
export const held: unknown = vault
