import { Logger } from '@nestjs/common';
import { expect, it } from 'vitest';
import { AlertCallbacks, type AlertNotice } from './alert-callbacks.js';

it('tells the rest when one callback throws', () => {
  Logger.overrideLogger(false);
  const callbacks = new AlertCallbacks();
  const heard: AlertNotice[] = [];
  callbacks.onAlert(() => {
    throw new Error('broken');
  });
  callbacks.onAlert((notice) => heard.push(notice));
  const notice = { state: 'raised', severity: 'warning', metric: 'x', message: 'x warning: 1 percent' } as const;
  callbacks.tell(notice);
  expect(heard).toEqual([notice]);
});
