import type { CallToolResult } from '@modelcontextprotocol/server';

/** A PNG of one pixel. */
export const IMAGE = {
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
  mimeType: 'image/png',
} as const;

/** A WAV without a sample. */
export const AUDIO = {
  data: 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=',
  mimeType: 'audio/wav',
} as const;

export function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] };
}
