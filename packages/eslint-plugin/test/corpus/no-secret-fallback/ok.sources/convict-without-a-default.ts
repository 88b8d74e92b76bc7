import convict from 'convict'

export const config = convict({
  password: { format: String, default: null, env: 'DB_PASSWORD', sensitive: true, nullable: true },
})
