export * from 'node:process'
