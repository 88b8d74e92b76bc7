import { Command } from 'commander'

export const program = new Command()
  .option('--host <host>', 'where it runs', 'localhost')
  .option('--admin-password <password>', 'of the first user', 'admin')
