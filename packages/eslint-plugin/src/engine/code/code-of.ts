import { perFile } from '../per-file.ts'
import { LocalCode } from './local-code.ts'

const known = perFile((_question: 'code', source) => new LocalCode(source))

/** The functions and classes of a file, for all rules. */
export const codeOf = (source: LocalCode['source']): LocalCode => known('code', source)
