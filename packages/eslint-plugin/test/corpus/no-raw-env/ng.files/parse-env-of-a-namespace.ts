import * as util from 'node:util'

export const parse = (text: string) => util.parseEnv(text).DB_PASSWORD
