import convict from 'convict'

export const config = convict({
  db: {
    host: { format: String, default: 'localhost', env: 'DB_HOST' },
    password: { format: String, default: 'hunter22', env: 'DB_PASSWORD', sensitive: true },
  },
})
