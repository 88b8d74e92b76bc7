import { createClient } from 'redis'

export const redis = createClient({ url: 'redis://:hunter2@cache:6379' })
