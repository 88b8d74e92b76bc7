export const schema = {
  type: 'object',
  properties: {
    PORT: { type: 'integer', default: 3000 },
    MASTER_KEY: { type: 'string', default: 'unsafe-master-key' },
  },
} as const
