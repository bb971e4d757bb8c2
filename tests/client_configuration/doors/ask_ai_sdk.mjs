// Ask as the AI SDK does; everything stands in the environment.
import { createRequire } from 'node:module'

const require = createRequire(`${process.env.NODE_CLIENTS}/package.json`)
const { streamText } = require('ai')
const { createOpenAICompatible } = require('@ai-sdk/openai-compatible')

const vertex = createOpenAICompatible({
  name: 'vertex',
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
})
const answer = streamText({ model: vertex(process.env.MODEL_ID), prompt: process.env.QUESTION, maxRetries: 0 })
for await (const text of answer.textStream) process.stdout.write(text)
