import { createClient } from '../../bridge/client.ts';
import { shortcuts } from '../../platform/shortcut.ts';
import { startView } from '../../views/start.tsx';

startView(createClient(), 'panel', shortcuts);
