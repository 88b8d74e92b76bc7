import yargs from 'yargs'

export const options = yargs(process.argv.slice(2))
  .option('port', { type: 'number', default: 80 })
  .option('api-key', { type: 'string', default: 'demo' }).argv
