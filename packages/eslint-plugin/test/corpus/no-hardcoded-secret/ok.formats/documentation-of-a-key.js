throw new Error('Wrong format. Must be a URI like dotenv://:key_1234@dotenvx.com/vault/.env.vault')
