export const users = [
  { name: 'ada', passwordHash: '$2b$10$RANDOM_ALNUM_53' },
  { name: 'bob', password: '$argon2id$v=19$m=65536,t=3,p=4$RANDOM_BASE64_16$RANDOM_BASE64_32' },
]
