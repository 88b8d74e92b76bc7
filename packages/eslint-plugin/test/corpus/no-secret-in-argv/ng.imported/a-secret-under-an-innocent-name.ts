// @typed
import { execFile } from 'node:child_process'
import { vault } from '../../vault.ts'
vault.map((text) => execFile('open', [`--with=${text}`]))
