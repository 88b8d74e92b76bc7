export const hasKey = 'OPENAI_API_KEY' in process.env
