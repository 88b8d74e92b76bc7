// @typed
import { vault } from '../../vault.ts'
vault.map(console.log)
