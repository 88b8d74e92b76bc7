const copy = { ...process }

export const token = copy.env.DEPLOY_TOKEN
