// @typed
import { drawer } from '../../vault.ts'
export const held: Record<string, unknown> = { left: drawer.left }
