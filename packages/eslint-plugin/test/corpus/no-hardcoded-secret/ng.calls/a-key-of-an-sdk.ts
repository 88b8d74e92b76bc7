import OpenAI from 'openai'

export const openai = new OpenAI({ apiKey: 'sk-proj-RANDOM_ALNUM_40' })
