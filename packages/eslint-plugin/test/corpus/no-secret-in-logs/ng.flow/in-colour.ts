import { secret } from '../../secret.ts'
import chalk from 'chalk'
console.log(chalk.bold.red(`key ${secret.expose()}`), chalk.dim`done`)
