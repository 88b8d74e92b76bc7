import { run } from '@stricli/core'

export const main = (app: never) => run(app, [], { process })
