// ---- a-secret-under-an-innocent-name
import { execFile } from 'node:child_process'
import { vault } from '../../vault.ts'
vault.map((text) => execFile('open', [`--with=${text}`])) // expect typed: exposedSecret
