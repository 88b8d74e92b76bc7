const { tokenEndpoint = 'https://id.example.com/token' } = {} as Record<string, string>

export { tokenEndpoint }
