import * as yup from 'yup'

export const schema = yup.object({ signingSecret: yup.string().required().min(16) })
