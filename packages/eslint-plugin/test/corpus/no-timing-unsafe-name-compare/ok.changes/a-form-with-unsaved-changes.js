export const isDirty = (form) => form.apiKey !== form.initialApiKey || form.url !== form.initialUrl
