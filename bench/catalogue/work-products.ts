import { product } from './product.js';

/** What office workers use. */
export const WORK_PRODUCTS = [
  product(
    'team-calendar',
    'Team Calendar',
    'Calendars and meeting rooms of an organisation.',
    'snake',
    `
    create_event(title, start, end, attendees[]?, room?): Schedule a meeting and invite attendees.
    list_events(calendar_id, start, end, limit?): List the events of a calendar in a period.
    find_free_slots(attendees[], start, end, duration_minutes): Find times at which all attendees are free.
    update_event(event_id, title?, start?, end?): Change the time or the details of an event.
    cancel_event(event_id, message?): Cancel an event and tell the attendees.
    book_room(room_id, start, end): Reserve a meeting room.
    set_out_of_office(start, end, message): Mark a person as absent and answer invitations automatically.`,
  ),
  product(
    'mailroom',
    'Mailroom',
    'Read and send electronic mail over IMAP and SMTP.',
    'snake',
    `
    send_email(to[], subject, body, attachments[]?): Send an email message.
    search_messages(query, folder?, limit?): Search the mailbox by sender, subject or content.
    read_message(message_id): Get one message with headers and body.
    reply_to_message(message_id, body): Answer a message in its thread.
    forward_message(message_id, to[]): Pass a message on to somebody else.
    download_attachment(message_id, attachment_id): Save a file that came with a message.
    create_filter(condition, action): Add a rule that sorts incoming mail.
    unsubscribe(message_id): Leave the mailing list that a message came from.`,
  ),
  product(
    'chatter',
    'Chatter',
    'Team chat with channels, threads and reactions.',
    'kebab',
    `
    post_message(channel, text, thread_id?): Post a message to a channel.
    list_channels(limit?, cursor?): List the channels of the workspace.
    read_history(channel, start?, limit?): Fetch recent messages of a channel.
    add_reaction(message_id, emoji): React to a message with an emoji.
    invite_to_channel(channel, users[]): Add people to a channel.
    upload_snippet(channel, content, language?): Share a piece of code in a channel.
    set_presence(status): Set yourself away, busy or active.`,
  ),
  product(
    'issuetrail',
    'IssueTrail',
    'Issue tracker for software teams.',
    'camel',
    `
    create_issue(project, title, description?, priority?): Open a new issue in a project.
    search_issues(query, status?, assignee?, limit?): Find issues by text, status or assignee.
    get_issue(issue_key): Read one issue with its comments and history.
    assign_issue(issue_key, assignee): Give an issue to a person.
    transition_issue(issue_key, status): Move an issue through the workflow, for example to Done.
    add_comment(issue_key, body): Comment on an issue.
    link_issues(issue_key, other_key, relation): Say that an issue blocks or duplicates another.
    plan_sprint(project, name, start, end): Create a sprint and fill it from the backlog.
    log_work(issue_key, minutes, date?): Record time spent on an issue.`,
  ),
  product(
    'peopledesk',
    'PeopleDesk',
    'Human resources: employees, absences, recruiting.',
    'camel',
    `
    find_employee(query): Look up a colleague by name, department or skill.
    get_org_chart(department?): Show the reporting structure.
    request_time_off(start, end, reason?): Ask for vacation.
    approve_time_off(request_id): Approve an absence request of a team member.
    list_open_positions(department?, location?): List the vacancies that are advertised.
    add_candidate(position_id, name, resume_url): Register an applicant for a position.
    get_payslip(month): Download the salary statement of a month.`,
  ),
  product(
    'ledgerline',
    'Ledgerline',
    'Bookkeeping for small companies.',
    'snake',
    `
    create_invoice(customer_id, items[], due_date): Issue an invoice to a customer.
    list_unpaid_invoices(customer_id?, limit?): List invoices that are overdue or not yet settled.
    record_expense(amount, category, date, receipt_url?): Enter an expense.
    reconcile_bank_statement(account_id, file): Match bank transactions with book entries.
    get_balance_sheet(date): Assets, liabilities and equity on a day.
    get_profit_and_loss(start, end): Income and costs of a period.
    calculate_vat(start, end): Work out the value added tax that is due.
    export_journal(start, end, format?): Export all postings for the tax adviser.`,
  ),
  product(
    'paperwork',
    'Paperwork',
    'Converts, fills and signs documents.',
    'snake',
    `
    convert_document(path, target_type): Convert a document, for example DOCX to PDF.
    merge_pdfs(paths[], output_path): Combine PDF files into one.
    extract_pages(path, pages, output_path): Cut pages out of a PDF.
    fill_form_fields(path, values): Fill the form fields of a PDF.
    request_signature(path, signer_email): Send a contract for electronic signature.
    redact_text(path, patterns[]): Black out confidential passages.
    recognize_text(path, language?): Run OCR over a scanned page.
    compare_documents(path, other_path): Highlight the differences of two versions of a document.`,
  ),
  product(
    'gridsheet',
    'Gridsheet',
    'Spreadsheets in the browser.',
    'kebab',
    `
    read_range(sheet_id, range): Read the values of a range of cells.
    write_range(sheet_id, range, values): Write values into cells.
    add_worksheet(sheet_id, title): Add a tab to a spreadsheet.
    insert_chart(sheet_id, range, chart_type): Draw a chart from a range.
    create_pivot_table(sheet_id, range, rows[], values[]): Summarise data in a pivot table.
    sort_range(sheet_id, range, column): Sort rows by a column.
    set_cell_format(sheet_id, range, format): Set number format, colour and borders.`,
  ),
  product(
    'slidewright',
    'Slidewright',
    'Creates and edits presentations.',
    'camel',
    `
    create_presentation(title, theme?): Start a new slide deck.
    add_slide(presentation_id, layout?): Append a slide.
    set_slide_text(presentation_id, slide, placeholder, text): Put text on a slide.
    insert_picture(presentation_id, slide, image_url): Place an image on a slide.
    set_speaker_notes(presentation_id, slide, text): Write notes for the speaker.
    export_presentation(presentation_id, target_type): Download the deck as PDF or PPTX.`,
  ),
  product(
    'dealflow',
    'Dealflow CRM',
    'Customers, leads and opportunities.',
    'snake',
    `
    create_lead(name, company, source?): Register a person who may become a customer.
    convert_lead(lead_id): Turn a lead into an account with an opportunity.
    update_opportunity(opportunity_id, stage, amount?): Move a deal to another stage of the pipeline.
    get_sales_forecast(quarter): Expected revenue from open deals.
    log_call(contact_id, summary): Note what was said on the phone with a contact.
    find_duplicates(object_type): Find contacts that exist twice.
    list_accounts(owner?, limit?): List customer accounts.`,
  ),
  product(
    'helpline',
    'Helpline',
    'Customer support desk.',
    'camel',
    `
    open_ticket(subject, description, customer_email): Create a support ticket.
    list_tickets(status?, agent?, limit?): List support tickets.
    escalate_ticket(ticket_id, reason): Hand a ticket to second level support.
    suggest_answer(ticket_id): Propose a reply from the knowledge base.
    get_satisfaction_score(start, end): How customers rated the support they got.
    merge_tickets(ticket_id, other_id): Join two tickets about the same matter.`,
  ),
  product(
    'knowhow',
    'Knowhow Wiki',
    'Internal wiki and notes.',
    'snake',
    `
    search_pages(query, space?): Full text search over wiki pages.
    get_page(page_id): Read a page as markdown.
    create_page(space, title, body): Write a new wiki page.
    update_page(page_id, body): Replace the content of a page.
    list_page_versions(page_id): Show who edited a page and when.
    restore_page_version(page_id, version): Bring back an earlier version of a page.
    move_page(page_id, parent_id): Put a page below another one.`,
  ),
];
