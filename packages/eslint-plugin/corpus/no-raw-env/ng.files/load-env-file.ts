process.loadEnvFile('.env.local')
